def drive(load):
    for params in load().main(3):
        yield {"self.layers": [params["params"][f"layers_{i}"] for i in range(2)]}
