#pragma once

/* Nothing to call: what is in here takes the place of two functions of libdispatch. */
