"""Prompts → policy: the smallest trainer that turns trusted rewards into DeepSeek-R1."""

import logging

# transformers loads torchao where it is installed, which then warns of kernels for other GPUs and of its own code.
for _name in ("torchao", "torch.utils._pytree"):
    logging.getLogger(_name).setLevel(logging.ERROR)
