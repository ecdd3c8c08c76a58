"""Our rewards in other training stacks: a module each, which loads nothing of the stack it is for."""
