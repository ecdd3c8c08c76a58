"""Prompts → policy: the smallest trainer that turns trusted rewards into DeepSeek-R1."""
