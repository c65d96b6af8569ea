"""How apt is asked without a trace."""

# It would write its caches anew wherever they are older than the lists.
UNCACHED = "-o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache="
