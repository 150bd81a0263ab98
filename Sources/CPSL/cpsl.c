#define _GNU_SOURCE
#include "cpsl.h"
#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>

static struct {
    __typeof__(&psl_latest) latest;
    __typeof__(&psl_is_public_suffix2) isPublicSuffix;
    __typeof__(&psl_free) release;
} library;
static bool is_open;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void open_library(void) {
    void *handle = dlopen("libpsl.so.5", RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL) return;
#define FIND(field, name) \
    if ((library.field = (__typeof__(library.field))dlsym(handle, name)) == NULL) return
    FIND(latest, "psl_latest");
    FIND(isPublicSuffix, "psl_is_public_suffix2");
    FIND(release, "psl_free");
#undef FIND
    is_open = true;
}

bool gatehouse_psl_open(void) {
    pthread_once(&once, open_library);
    return is_open;
}

psl_ctx_t *gatehouse_psl_latest(void) { return gatehouse_psl_open() ? library.latest(NULL) : NULL; }

bool gatehouse_psl_is_suffix(const psl_ctx_t *list, const char *domain) {
    return library.isPublicSuffix(list, domain, PSL_TYPE_ANY | PSL_TYPE_NO_STAR_RULE) == 1;
}

void gatehouse_psl_free(psl_ctx_t *list) { library.release(list); }
