// libpsl, opened when a cookie is to be shared by hosts: nobody else needs the package libpsl5 and its list.
#pragma once
#include <libpsl.h>
#include <stdbool.h>

// Whether the library is there. It stays open.
bool gatehouse_psl_open(void);

// What an operator is told if it is not.
const char *gatehouse_psl_missing(void);

// The newer of the list that is built into the library and the one in /usr/share/publicsuffix; NULL if there is none. To be
// given to gatehouse_psl_free.
psl_ctx_t *gatehouse_psl_latest(void);

// Whether anybody can have a name below a domain, in lower case and A-labels. A domain that no rule is about is none.
bool gatehouse_psl_is_suffix(const psl_ctx_t *list, const char *domain);

void gatehouse_psl_free(psl_ctx_t *list);
