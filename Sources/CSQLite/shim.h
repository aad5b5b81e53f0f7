#include <sqlite3.h>

// Swift cannot call a C function with any number of arguments.

/// Tells SQLite not to count the memory of the whole process. Counting takes one lock at each allocation, and files that threads use beside
/// each other then wait for one another. To be called before the first file is opened; later it does nothing and says so.
static inline int sqlite_without_memory_statistics(void) {
    return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}
