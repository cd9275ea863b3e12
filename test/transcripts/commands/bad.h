struct broken { int x
