"""A fleet from nothing to a working environment.

preflight   everything that would stop it, each with the way to mend it, before anything is made
tools       what it gets by itself: Pulumi's CLI, and workerd, which runs the deployed Worker
run         the steps in their order
probes      what works in the end: origins, sample requests through the Worker, forged contexts
online      the same of a fleet in the real clouds
"""
