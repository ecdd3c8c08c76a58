"""What others call has a docstring, from which the API reference is made."""

import inspect

import pytest

import sandbox
import verifiers
from verifiers import laws

NAMES = [(package, name) for package in (verifiers, sandbox, laws) for name in package.__all__]
CONSTANTS = {"R1_ZERO", "R1_REASONING", "R1_GENERAL", "VERIFIERS"}  # said of them below where they stand


@pytest.mark.parametrize(("package", "name"), NAMES)
def test_every_public_name_and_its_public_methods_are_explained(package, name):
    if name in CONSTANTS:
        home = inspect.getsource(inspect.getmodule(verifiers.weighted))
        assert '\n"""' in home.partition(f"\n{name}")[2][:900]
        return
    value = getattr(package, name)
    assert value.__doc__, name
    assert not value.__doc__.startswith(f"{name}("), "a dataclass that says nothing but its fields"
    for method, function in inspect.getmembers(value, inspect.isfunction) if inspect.isclass(value) else ():
        if not method.startswith("_") and function.__module__.startswith(package.__name__):
            assert function.__doc__, f"{name}.{method}"
