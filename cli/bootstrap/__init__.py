"""`regionctl bootstrap`: a fleet from nothing to a working environment.

preflight   everything that would stop it, each with the way to mend it, before anything is made
tools       what it gets by itself: Pulumi's CLI, and workerd, which runs the deployed Worker
probes      what works in the end: origins, sample requests through the Worker, forged contexts
"""
