/* Declarations: redis_tls.h. */
#include "cache/redis_tls.h"

#include "base/mem.h"
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#define LIBRARY "libssl.so.3" /* with libcrypto.so.3, which it needs */

/* Loading it takes as long as the rest of the program's start, and few need it. */
#define FUNCTIONS(X)                                                                                         \
    X(ERR_clear_error)                                                                                       \
    X(ERR_peek_last_error)                                                                                   \
    X(ERR_reason_error_string)                                                                               \
    X(OPENSSL_init_ssl)                                                                                      \
    X(SSL_CTX_ctrl)                                                                                          \
    X(SSL_CTX_free)                                                                                          \
    X(SSL_CTX_load_verify_locations)                                                                         \
    X(SSL_CTX_new)                                                                                           \
    X(SSL_CTX_set_default_passwd_cb)                                                                         \
    X(SSL_CTX_set_default_verify_paths)                                                                      \
    X(SSL_CTX_set_verify)                                                                                    \
    X(SSL_CTX_use_PrivateKey_file)                                                                           \
    X(SSL_CTX_use_certificate_chain_file)                                                                    \
    X(SSL_connect)                                                                                           \
    X(SSL_ctrl)                                                                                              \
    X(SSL_free)                                                                                              \
    X(SSL_get0_param)                                                                                        \
    X(SSL_get_error)                                                                                         \
    X(SSL_get_verify_result)                                                                                 \
    X(SSL_new)                                                                                               \
    X(SSL_read_ex)                                                                                           \
    X(SSL_set1_host)                                                                                         \
    X(SSL_set_fd)                                                                                            \
    X(SSL_set_hostflags)                                                                                     \
    X(SSL_write_ex)                                                                                          \
    X(TLS_client_method)                                                                                     \
    X(X509_VERIFY_PARAM_set1_ip_asc)                                                                         \
    X(X509_verify_cert_error_string)

static struct {
    pthread_once_t once;
    bool there;
#define X(name) __typeof__(&name) name;
    FUNCTIONS(X)
#undef X
} ssl = {.once = PTHREAD_ONCE_INIT};

static void load(void) {
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL); /* stays until the end */
    ssl.there = library != NULL;
#define X(name)                                                                                              \
    if (ssl.there) ssl.there = (ssl.name = (__typeof__(&name))dlsym(library, #name)) != NULL;
    FUNCTIONS(X)
#undef X
    /* Not at exit: other threads may still be talking. */
    if (ssl.there) ssl.OPENSSL_init_ssl(OPENSSL_INIT_NO_ATEXIT, NULL);
}

struct redis_tls {
    SSL_CTX *context;
    SSL *ssl;
    char host[sizeof((struct redis_url *)0)->host];
};

/* What OpenSSL says of its last failure. */
static const char *reason(void) {
    const char *text = ssl.ERR_reason_error_string(ssl.ERR_peek_last_error());
    return text ? text : "OpenSSL does not say why";
}

/* ---- files of the user ---- */

/* OpenSSL would ask at the terminal. */
static int no_password(char *bytes, int size, int for_writing, void *payload) {
    (void)bytes, (void)size, (void)for_writing, (void)payload;
    return -1;
}

/* Anything else than a file might have no end. */
static enum status check_file(const char *name, const char *path, struct error *error) {
    struct stat info;
    if (stat(path, &info))
        return error_set(error, STATUS_IO, "%s=%.200s cannot be read: %s", name, path, strerror(errno));
    if (!S_ISREG(info.st_mode)) return error_set(error, STATUS_IO, "%s=%.200s is no file", name, path);
    return STATUS_OK;
}

static enum status use_authorities(SSL_CTX *context, const char *path, struct error *error) {
    if (!*path) return ssl.SSL_CTX_set_default_verify_paths(context) ? STATUS_OK : STATUS_IO;
    enum status status = check_file("ca", path, error);
    if (!status && !ssl.SSL_CTX_load_verify_locations(context, path, NULL))
        return error_set(error, STATUS_IO, "ca=%.200s holds no certificates as PEM: %s", path, reason());
    return status;
}

static enum status use_own(SSL_CTX *context, const struct redis_url *url, struct error *error) {
    if (!*url->certificate) return STATUS_OK;
    enum status status = check_file("cert", url->certificate, error);
    if (!status) status = check_file("key", url->key, error);
    if (status) return status;
    ssl.SSL_CTX_set_default_passwd_cb(context, no_password);
    if (!ssl.SSL_CTX_use_certificate_chain_file(context, url->certificate))
        return error_set(error, STATUS_IO, "cert=%.200s is no certificate as PEM: %s", url->certificate,
                         reason());
    if (!ssl.SSL_CTX_use_PrivateKey_file(context, url->key, SSL_FILETYPE_PEM))
        return error_set(error, STATUS_IO,
                         "key=%.200s is not the certificate's key, as PEM without a password: %s", url->key,
                         reason());
    return STATUS_OK;
}

/* ---- the session ---- */

static bool is_address(const char *host) {
    struct in6_addr address;
    return inet_pton(AF_INET, host, &address) == 1 || inet_pton(AF_INET6, host, &address) == 1;
}

static bool expect_host(SSL *session, const char *host) {
    if (is_address(host)) return ssl.X509_VERIFY_PARAM_set1_ip_asc(ssl.SSL_get0_param(session), host);
    ssl.SSL_set_hostflags(session, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return ssl.SSL_set1_host(session, host) &&
           ssl.SSL_ctrl(session, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, (void *)host);
}

enum status redis_tls_create(const struct redis_url *url, int handle, struct redis_tls **ret_tls,
                             struct error *error) {
    pthread_once(&ssl.once, load);
    if (!ssl.there)
        return error_set(error, STATUS_UNSUPPORTED,
                         "TLS needs OpenSSL 3 (" LIBRARY
                         "; Debian: apt-get install libssl3), which is not there");
    ssl.ERR_clear_error();
    error_set(error, STATUS_IO, "TLS cannot be used: the system's OpenSSL refuses");
    struct redis_tls *tls = mem_zalloc(sizeof *tls);
    memcpy(tls->host, url->host, sizeof tls->host);
    tls->context = ssl.SSL_CTX_new(ssl.TLS_client_method());
    enum status status =
        tls->context && ssl.SSL_CTX_ctrl(tls->context, SSL_CTRL_SET_MIN_PROTO_VERSION, TLS1_2_VERSION, NULL)
            ? STATUS_OK
            : STATUS_IO;
    if (!status) status = use_authorities(tls->context, url->ca, error);
    if (!status) status = use_own(tls->context, url, error);
    if (!status) {
        ssl.SSL_CTX_set_verify(tls->context, SSL_VERIFY_PEER, NULL);
        ssl.SSL_CTX_ctrl(tls->context, SSL_CTRL_MODE,
                         SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                             SSL_MODE_RELEASE_BUFFERS,
                         NULL);
        tls->ssl = ssl.SSL_new(tls->context);
        if (!tls->ssl || !ssl.SSL_set_fd(tls->ssl, handle) || !expect_host(tls->ssl, url->host))
            status = STATUS_IO;
    }
    if (status)
        redis_tls_destroy(tls);
    else
        *ret_tls = tls;
    return status;
}

void redis_tls_destroy(struct redis_tls *tls) {
    if (!tls) return;
    ssl.SSL_free(tls->ssl);
    ssl.SSL_CTX_free(tls->context);
    mem_free(tls);
}

/* ---- steps ---- */

static enum status certificate_refused(const struct redis_tls *tls, long verdict, struct error *error) {
    const char *why = ssl.X509_verify_cert_error_string(verdict);
    if (verdict == X509_V_ERR_HOSTNAME_MISMATCH || verdict == X509_V_ERR_IP_ADDRESS_MISMATCH)
        return error_set(error, STATUS_IO, "its certificate is not for %s", tls->host);
    if (verdict == X509_V_ERR_CERT_HAS_EXPIRED || verdict == X509_V_ERR_CERT_NOT_YET_VALID)
        return error_set(error, STATUS_IO, "its certificate is not valid now: %s", why);
    return error_set(error, STATUS_IO,
                     "its certificate is not trusted: %s (?ca=FILE names the authority that signed it)", why);
}

/* result: of the call that just failed. */
static enum status judge(struct redis_tls *tls, int result, bool shaking_hands, short *ret_events,
                         struct error *error) {
    int code = ssl.SSL_get_error(tls->ssl, result), system_error = errno;
    *ret_events = code == SSL_ERROR_WANT_READ ? POLLIN : code == SSL_ERROR_WANT_WRITE ? POLLOUT : 0;
    if (*ret_events) return STATUS_OK;
    unsigned long failure = ssl.ERR_peek_last_error();
    bool ended = code == SSL_ERROR_ZERO_RETURN ||
                 (code == SSL_ERROR_SYSCALL &&
                  (!system_error || system_error == ECONNRESET || system_error == EPIPE)) ||
                 ERR_GET_REASON(failure) == SSL_R_UNEXPECTED_EOF_WHILE_READING;
    if (ended) return error_set(error, STATUS_CLOSED, "it closed the connection");
    if (code == SSL_ERROR_SYSCALL) return error_set(error, STATUS_IO, "%s", strerror(system_error));
    long verdict = ssl.SSL_get_verify_result(tls->ssl);
    if (shaking_hands && verdict != X509_V_OK) return certificate_refused(tls, verdict, error);
    int why = ERR_GET_REASON(failure);
    if (shaking_hands && (why == SSL_R_WRONG_VERSION_NUMBER || why == SSL_R_PACKET_LENGTH_TOO_LONG ||
                          why == SSL_R_HTTP_REQUEST || why == SSL_R_RECORD_TOO_SMALL))
        return error_set(error, STATUS_IO, "it does not speak TLS");
    return error_set(error, STATUS_IO, "TLS: %s", reason());
}

enum status redis_tls_shake_hands(struct redis_tls *tls, short *ret_events, struct error *error) {
    ssl.ERR_clear_error();
    errno = 0;
    int result = ssl.SSL_connect(tls->ssl);
    *ret_events = 0;
    return result == 1 ? STATUS_OK : judge(tls, result, true, ret_events, error);
}

enum status redis_tls_read(struct redis_tls *tls, char *bytes, size_t size, size_t *ret_count,
                           short *ret_events, struct error *error) {
    ssl.ERR_clear_error();
    errno = 0;
    size_t count = 0;
    int result = ssl.SSL_read_ex(tls->ssl, bytes, size, &count);
    *ret_events = 0;
    *ret_count = count;
    return result == 1 ? STATUS_OK : judge(tls, result, false, ret_events, error);
}

/* Who refuses a certificate says so after the handshake (TLS 1.3) and closes: that is there to be read, though
 * nothing can be written any more. */
static enum status why_closed(struct redis_tls *tls, struct error *error) {
    char byte;
    size_t count;
    short events;
    struct error closed = *error;
    if (redis_tls_read(tls, &byte, 1, &count, &events, error) == STATUS_IO) return STATUS_IO;
    *error = closed;
    return STATUS_CLOSED;
}

enum status redis_tls_write(struct redis_tls *tls, const char *bytes, size_t length, size_t *ret_count,
                            short *ret_events, struct error *error) {
    ssl.ERR_clear_error();
    errno = 0;
    size_t count = 0;
    int result = ssl.SSL_write_ex(tls->ssl, bytes, length, &count);
    *ret_events = 0;
    *ret_count = count;
    if (result == 1) return STATUS_OK;
    enum status status = judge(tls, result, false, ret_events, error);
    return status == STATUS_CLOSED ? why_closed(tls, error) : status;
}
