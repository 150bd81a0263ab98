// libcurl, opened when a configuration asks for it: nobody else needs the package libcurl4 and what it brings.
#pragma once
#include <stdbool.h>
#include <stddef.h>

// One request over HTTP, or one mail over SMTP. Texts end with a zero octet; NULL leaves an option out.
typedef struct {
    const char *url;
    const char *ca_file;
    long connect_milliseconds;
    long total_milliseconds;
    // HTTP: whether it is a GET, which has no body, and not a POST.
    bool only_gets;
    // HTTP: the proxy to go through, and the names and networks that are reached without it, separated by commas. Without a
    // proxy none is used, whatever the environment says.
    const char *proxy;
    const char *no_proxy;
    // The octets that are sent: the body of a POST, or the whole mail.
    const unsigned char *body;
    size_t body_length;
    // HTTP: lines like "Name: value".
    const char *const *headers;
    size_t header_count;
    // SMTP: the envelope; a request with a recipient is a mail.
    const char *mail_from;
    const char *mail_recipient;
    // Whether a connection that begins in the clear has to become encrypted.
    bool must_start_tls;
    // Whether an address has other letters than ASCII's before the @, so that the server has to offer SMTPUTF8 (RFC 6531).
    bool needs_utf8;
    const char *username;
    const char *password;
    // The most octets of an answer.
    size_t answer_limit;
    // SMTP: goes as far as signing in to the server, and sends nothing.
    bool only_greets;
} gatehouse_curl_request;

typedef struct {
    // 0, or libcurl's error code.
    int code;
    long status;
    // To be given to gatehouse_curl_release.
    unsigned char *body;
    size_t length;
    // HTTP: the seconds after which to come back, by the answer's Retry-After; 0 if it has none.
    long retry_after;
    // HTTP: the header lines of the answer as they came, without those of an interim answer or of a trailer.
    unsigned char *head;
    size_t head_length;
    // Whether the answer was longer than the limit.
    bool is_too_large;
    // Whether its header lines and trailers were, or what a mail server said: 256 KiB.
    bool is_head_too_large;
    // Whether anything of the request left: a server that was not reached, or did not prove its name, was told nothing.
    bool was_sent;
    // Whether the mail needs SMTPUTF8 and the server does not offer it; nothing was sent then.
    bool lacks_utf8;
    // What a mail server said last with a code from 400 on, and the code; several lines with blanks between.
    char words[512];
    // libcurl's words for what went wrong.
    char error[256];
} gatehouse_curl_answer;

// Whether the library is there. It stays open.
bool gatehouse_curl_open(void);

// What an operator is told if it is not.
const char *gatehouse_curl_missing(void);

// Sends a request and waits for the answer, on the calling thread. Redirects are not followed, no proxy is used but the given
// one, and a server has to show a certificate for its name.
void gatehouse_curl_perform(const gatehouse_curl_request *request, gatehouse_curl_answer *answer);

void gatehouse_curl_release(gatehouse_curl_answer *answer);
