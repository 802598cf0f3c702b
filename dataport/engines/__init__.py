"""What carries statements out: one package per engine. Nothing else knows an engine but `house`, which chooses one."""
