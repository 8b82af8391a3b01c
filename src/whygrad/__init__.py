"""Why does this variable get no gradient?"""
