"""Before anything changes: is this machine one the plan can be carried out on?"""
