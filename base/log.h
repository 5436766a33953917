/* log.h: messages for people who run the program; front doors log, libraries return.
 *
 * Owns    nothing.
 * Threads any; the sink must accept that.
 * Errors  none. Source text and file names do not belong in a log line below LOG_DEBUG. */
#ifndef NOODLE_LOG_H
#define NOODLE_LOG_H

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

typedef void log_sink(enum log_level level, const char *message, void *payload);

/* The default sink writes "noodle-lsp: message" to stderr. Set before threads start. */
void log_set_sink(log_sink *sink, void *payload);
void log_set_level(enum log_level level); /* default LOG_WARNING */
void log_print(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
