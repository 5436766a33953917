#include "cache/disk_file.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "cache/blob.h"
#include "cache/disk_folder.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define APPLICATION_ID    0x4e444c43 /* "NDLC" */
#define TRIES_MAX         8          /* damaged files in a row, before the disk is given up */
#define AT_ANY_AGE        (-1) /* seconds: what is_forgotten is told */
#define LOCK_TRIES        200
#define LOCK_WAIT_NS      (10 * NS_PER_MS)
#define WRITER_BUSY_MS    5000
#define READER_BUSY_MS    50
#define ROW_BYTES_MAX     ((int)BLOB_BYTES_MAX + 65536) /* what a hostile file can make SQLite allocate */
#define JOURNAL_BYTES_MAX "16777216"

static const char schema[] =
    "CREATE TABLE entry(id INTEGER PRIMARY KEY, k BLOB NOT NULL UNIQUE, made INTEGER, used INTEGER,"
    " uses INTEGER, size INTEGER, cost INTEGER, language TEXT, quotes INTEGER);"
    "CREATE INDEX quoting ON entry(id) WHERE quotes;"
    "CREATE TABLE val(id INTEGER PRIMARY KEY, crc INTEGER, v BLOB);"
    "CREATE TABLE file(dk INTEGER PRIMARY KEY, path TEXT, used INTEGER);"
    "CREATE TABLE dep(dk INTEGER, id INTEGER, PRIMARY KEY(dk, id)) WITHOUT ROWID;"
    "CREATE INDEX dep_of_entry ON dep(id);"
    "CREATE TABLE tally(name TEXT PRIMARY KEY, n INTEGER) WITHOUT ROWID;";

bool disk_file_is_damage(int code) {
    switch (code & 0xff) {
    case SQLITE_OK:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL: /* a race for a lock */
    case SQLITE_TOOBIG:
    case SQLITE_NOMEM:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_FULL: return false;
    case SQLITE_IOERR: return code == SQLITE_IOERR_SHORT_READ;
    default: return true; /* whatever else there is comes of what should not be in the file */
    }
}

/* ---- the folder ---- */

/* Whoever holds it may be stopped for good. */
static int lock_folder(const char *folder, struct error *error) {
    struct str path;
    str_init(&path);
    str_addf(&path, "%s/lock", folder);
    int descriptor = open(path.bytes, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    str_finish(&path);
    if (descriptor < 0) {
        disk_folder_refuse(folder, strerror(errno), error);
        return -1;
    }
    for (int tries = 0; flock(descriptor, LOCK_EX | LOCK_NB); tries++) {
        if (tries == LOCK_TRIES || (errno != EWOULDBLOCK && errno != EINTR)) {
            disk_folder_refuse(folder, "another process holds its lock", error);
            close(descriptor);
            return -1;
        }
        nanosleep(&(struct timespec){.tv_nsec = (long)LOCK_WAIT_NS}, NULL);
    }
    return descriptor;
}

static char *path_of(const char *folder, unsigned generation) {
    struct str path;
    str_init(&path);
    str_addf(&path, "%s/results-%d-%u.sqlite", folder, DISK_FILE_SCHEMA, generation);
    return str_detach(&path);
}

struct file_name {
    unsigned schema, generation;
};

static bool read_unsigned(const char **text, unsigned *ret_number) {
    char *end;
    if (**text < '0' || **text > '9') return false;
    unsigned long number = strtoul(*text, &end, 10);
    if (number >= UINT_MAX) return false;
    *text = end;
    *ret_number = (unsigned)number;
    return true;
}

/* False: the name is not a results file's. */
static bool read_name(const char *name, struct file_name *ret_name) {
    static const char prefix[] = "results-";
    struct file_name found;
    if (strncmp(name, prefix, sizeof prefix - 1) != 0) return false;
    name += sizeof prefix - 1;
    if (!read_unsigned(&name, &found.schema) || *name++ != '-' || !read_unsigned(&name, &found.generation) ||
        strcmp(name, ".sqlite") != 0)
        return false;
    *ret_name = found;
    return true;
}

static unsigned newest_generation(const char *folder) {
    unsigned newest = 0;
    DIR *listing = opendir(folder);
    const struct dirent *item;
    while (listing && (item = readdir(listing))) {
        struct file_name name;
        if (read_name(item->d_name, &name) && name.schema == DISK_FILE_SCHEMA && name.generation > newest)
            newest = name.generation;
    }
    if (listing) closedir(listing);
    return newest;
}

static const char *const parts[] = {"", "-wal", "-shm"}; /* of a results file */

/* Whether a process has it open: SQLite's connections hold locks on it, or on what lies beside it. This process
 * must not have it open: closing a descriptor would end its locks. */
static bool is_held(const char *path) {
    int descriptor = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (descriptor < 0) return errno != ENOENT;
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET}; /* all of it */
    bool held = fcntl(descriptor, F_GETLK, &lock) || lock.l_type != F_UNLCK;
    close(descriptor);
    return held;
}

/* With the folder's lock, so that nobody can open it meanwhile. At any age, also one of a file from the future,
 * with AT_ANY_AGE. */
static bool is_forgotten(const char *folder, const char *name, int64_t after_s) {
    bool forgotten = true;
    for (size_t i = 0; i < sizeof parts / sizeof *parts && forgotten; i++) {
        struct str path;
        struct stat info;
        str_init(&path);
        str_addf(&path, "%s/%s%s", folder, name, parts[i]);
        if (lstat(path.bytes, &info) == 0)
            forgotten =
                (after_s == AT_ANY_AGE || time(NULL) - info.st_mtime > after_s) && !is_held(path.bytes);
        str_finish(&path);
    }
    return forgotten;
}

/* Those that have been left for a newer one, which others may have open and nobody opens any more; and those
 * of an older schema that nobody uses. */
static void remove_older(const char *folder, unsigned newest, int64_t after_s) {
    DIR *listing = opendir(folder);
    const struct dirent *item;
    while (listing && (item = readdir(listing))) {
        struct file_name name;
        if (!read_name(item->d_name, &name)) continue;
        bool left = name.schema == DISK_FILE_SCHEMA && name.generation < newest;
        if (!left && (name.schema >= DISK_FILE_SCHEMA || !is_forgotten(folder, item->d_name, after_s)))
            continue;
        for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
            struct str path;
            str_init(&path);
            str_addf(&path, "%s/%s%s", folder, item->d_name, parts[i]);
            unlink(path.bytes);
            str_finish(&path);
        }
    }
    if (listing) closedir(listing);
}

/* ---- the file ---- */

static int read_number(sqlite3 *connection, const char *question, sqlite3_int64 *ret_number) {
    sqlite3_stmt *statement;
    int code = sqlite3_prepare_v2(connection, question, -1, &statement, NULL);
    if (code != SQLITE_OK) return code;
    code = sqlite3_step(statement);
    if (code == SQLITE_ROW) *ret_number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return code == SQLITE_ROW ? SQLITE_OK : code == SQLITE_DONE ? SQLITE_CORRUPT : code;
}

static int connect(const char *path, int busy_ms, sqlite3 **ret_connection) {
    int code = sqlite3_open_v2(path, ret_connection,
                               SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW, NULL);
    sqlite3 *connection = *ret_connection;
    if (code != SQLITE_OK) return code;
    sqlite3_extended_result_codes(connection, 1);
    sqlite3_busy_timeout(connection, busy_ms);
    sqlite3_limit(connection, SQLITE_LIMIT_LENGTH, ROW_BYTES_MAX);
    sqlite3_db_config(connection, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(connection, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    /* Checkpoints are the writing thread's, so that the end of a command does not wait for one. */
    sqlite3_db_config(connection, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    return sqlite3_exec(connection,
                        "PRAGMA page_size = 8192; PRAGMA mmap_size = 0; PRAGMA cache_size = -2000;"
                        "PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY; PRAGMA secure_delete = ON;"
                        "PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0;"
                        "PRAGMA journal_size_limit = " JOURNAL_BYTES_MAX ";",
                        NULL, NULL, NULL);
}

static int make_schema(sqlite3 *connection) {
    struct str script;
    str_init(&script);
    str_addf(&script,
             "PRAGMA journal_mode = WAL; BEGIN IMMEDIATE; %s PRAGMA application_id = %d;"
             "PRAGMA user_version = %d; COMMIT;",
             schema, APPLICATION_ID, DISK_FILE_SCHEMA);
    int code = sqlite3_exec(connection, script.bytes, NULL, NULL, NULL);
    str_finish(&script);
    return code;
}

/* What is in it, as far as can be said at once. */
static int check_schema(sqlite3 *connection) {
    sqlite3_int64 application = 0, version = 0, ours = 0, others = 0;
    int code = read_number(connection, "PRAGMA application_id", &application);
    if (code == SQLITE_OK) code = read_number(connection, "PRAGMA user_version", &version);
    if (code == SQLITE_OK)
        code = read_number(connection,
                           "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name IN ('entry',"
                           " 'val', 'file', 'dep', 'tally')",
                           &ours);
    if (code == SQLITE_OK)
        code = read_number(connection, "SELECT count(*) FROM sqlite_schema WHERE type IN ('trigger', 'view')",
                           &others);
    if (code != SQLITE_OK) return code;
    bool is_ours = application == APPLICATION_ID && version == DISK_FILE_SCHEMA && ours == 5 && others == 0;
    return is_ours ? SQLITE_OK : SQLITE_NOTADB;
}

/* With the folder's lock. */
static int open_generation(const char *folder, unsigned generation, struct disk_file *file) {
    file->path = path_of(folder, generation);
    file->generation = generation;
    /* Made here for its mode, which the files beside it take over. */
    int descriptor = open(file->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    struct stat info;
    if (descriptor < 0) return SQLITE_CANTOPEN;
    bool usable = !fstat(descriptor, &info) && S_ISREG(info.st_mode) && info.st_uid == geteuid();
    close(descriptor);
    if (!usable) return SQLITE_NOTADB;
    int code = connect(file->path, WRITER_BUSY_MS, &file->writer);
    if (code == SQLITE_OK && info.st_size == 0) code = make_schema(file->writer);
    if (code == SQLITE_OK) code = check_schema(file->writer);
    if (code == SQLITE_OK) code = connect(file->path, READER_BUSY_MS, &file->reader);
    return code;
}

enum status disk_file_open(const char *folder, unsigned damaged, struct disk_file *ret_file,
                           struct error *error) {
    enum status status = disk_folder_make(folder, error);
    if (status) return status;
    int lock = lock_folder(folder, error);
    if (lock < 0) return STATUS_IO;
    unsigned generation = newest_generation(folder);
    if (generation <= damaged) generation = damaged + 1;
    struct disk_file file = {0};
    int code = SQLITE_NOTADB;
    for (int tries = 0; tries < TRIES_MAX && disk_file_is_damage(code); tries++) {
        disk_file_close(&file);
        code = open_generation(folder, generation + (unsigned)tries, &file);
    }
    if (code == SQLITE_OK) remove_older(folder, file.generation, DISK_FILE_FORGOTTEN_S);
    close(lock);
    if (code == SQLITE_OK) {
        *ret_file = file;
        return STATUS_OK;
    }
    disk_file_close(&file);
    return disk_folder_refuse(folder, sqlite3_errstr(code), error);
}

void disk_file_forget_older(const char *folder, const struct disk_file *file) {
    struct error error;
    int lock = lock_folder(folder, &error);
    if (lock < 0) return; /* whoever holds it opens the file, and forgets what is old enough */
    remove_older(folder, file->generation, AT_ANY_AGE);
    close(lock);
}

void disk_file_close(struct disk_file *file) {
    sqlite3_close(file->reader);
    sqlite3_close(file->writer);
    mem_free(file->path);
    *file = (struct disk_file){0};
}
