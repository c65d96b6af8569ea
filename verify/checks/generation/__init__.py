"""Do the models answer, and as they should?"""
