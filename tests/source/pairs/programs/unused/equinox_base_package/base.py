import equinox as eqx


class Residual(eqx.Module):
    def inner(self, x):
        raise NotImplementedError

    def __call__(self, x):
        y = self.inner(x)
        return x + x
        # fix: return x + y
