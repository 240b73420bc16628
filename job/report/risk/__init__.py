"""How bad a key is and what to do about it: rules, the judgement by them, and what takes a key's place."""
