"""How apt is asked without a trace, and in no time."""

# It would write its caches anew wherever they are older than the lists.
UNCACHED = "-o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache="
# Whoever asks about installed packages alone need not wait until the archive's lists are read.
WITHOUT_SOURCES = f"{UNCACHED} -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts=/dev/null"
