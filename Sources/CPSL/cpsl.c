#define _GNU_SOURCE
#include "cpsl.h"
#include "cdynamiclibrary.h"
#include <stddef.h>

typedef struct {
    __typeof__(&psl_latest) latest;
    __typeof__(&psl_is_public_suffix2) isPublicSuffix;
    __typeof__(&psl_free) release;
} psl_functions;
static psl_functions library;

static const gatehouse_symbol symbols[] = {
    {"psl_latest", offsetof(psl_functions, latest), false},
    {"psl_is_public_suffix2", offsetof(psl_functions, isPublicSuffix), false},
    {"psl_free", offsetof(psl_functions, release), false},
};

static gatehouse_library libpsl = {
    .files = {"libpsl.so.5"},
    .missing = GATEHOUSE_LIBRARY_MISSING("libpsl.so.5", "libpsl5"),
    .table = &library,
    .symbols = symbols,
    .symbol_count = sizeof symbols / sizeof *symbols,
    .lock = PTHREAD_MUTEX_INITIALIZER,
};

bool gatehouse_psl_open(void) { return gatehouse_library_open(&libpsl); }

const char *gatehouse_psl_missing(void) { return libpsl.missing; }

psl_ctx_t *gatehouse_psl_latest(void) { return gatehouse_psl_open() ? library.latest(NULL) : NULL; }

bool gatehouse_psl_is_suffix(const psl_ctx_t *list, const char *domain) {
    return library.isPublicSuffix(list, domain, PSL_TYPE_ANY | PSL_TYPE_NO_STAR_RULE) == 1;
}

void gatehouse_psl_free(psl_ctx_t *list) { library.release(list); }
