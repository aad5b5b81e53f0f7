// Debian keeps the header in a folder of its own and tells only pkg-config, which a fresh system may lack.
#if __has_include(<libpq-fe.h>)
#include <libpq-fe.h>
#else
#include <postgresql/libpq-fe.h>
#endif
