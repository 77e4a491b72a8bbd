"""Accounts, credentials, memberships, and the directory: which workspace lives in which region. HTTP only."""
