"""How bad a key is and what to do about it: conditions, rules made of them, and the judgement by them."""
