"""What measuring a step comes to in every framework: which ways, what passed, what is noise."""
