// A C face for toml++: a whole document as one flat list of nodes, in which a table or an array is followed by its children.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ctoml_document ctoml_document;

typedef enum ctoml_kind {
    CTOML_TABLE,
    CTOML_ARRAY,
    CTOML_STRING,
    CTOML_INTEGER,
    CTOML_FLOAT,
    CTOML_BOOLEAN,
    CTOML_DATE
} ctoml_kind;

// UTF-8, not terminated; it belongs to the document.
typedef struct ctoml_text {
    const uint8_t *bytes;
    size_t count;
} ctoml_text;

typedef struct ctoml_node {
    ctoml_kind kind;
    // Of a table or array: how many nodes right below it follow, each with its own descendants.
    size_t children;
    // Of a node in a table.
    ctoml_text key;
    // Of a string.
    ctoml_text string;
    // Of an integer.
    int64_t integer;
    // Of a float.
    double number;
    // Of a boolean.
    bool boolean;
    // Where the key stands, without a key the value; counted from 1, 0 if unknown.
    uint32_t line;
    uint32_t column;
} ctoml_node;

typedef struct ctoml_error {
    uint32_t line;
    uint32_t column;
    // Terminated by a zero octet.
    char message[256];
} ctoml_error;

// More text than this is refused.
#define CTOML_MAX_LENGTH 1048576
// How deep arrays and inline tables may nest, and how many parts a dotted key may have. Their product bounds the depth of
// the tree, which toml++ takes down by recursion.
#define CTOML_MAX_NESTING 24
#define CTOML_MAX_KEY_PARTS 24

// Parses a document; NULL with `error` filled in if it is none. No exception leaves this function.
ctoml_document *ctoml_parse(const uint8_t *text, size_t length, ctoml_error *error);

// The number of nodes; at least 1, the root table comes first.
size_t ctoml_count(const ctoml_document *document);

// Fills in a node; false if there is no such index.
bool ctoml_get(const ctoml_document *document, size_t index, ctoml_node *node);

void ctoml_free(ctoml_document *document);

#ifdef __cplusplus
}
#endif
