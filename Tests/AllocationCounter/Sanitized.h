#ifndef HUSH_SANITIZED_H
#define HUSH_SANITIZED_H

// Sanitizers put their own functions in the place of the allocator's and of pthread's.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define HUSH_SANITIZED 1
#endif
#endif

#endif
