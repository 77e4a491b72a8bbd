"""Running a program in process, with no engine, to get its declaration."""
