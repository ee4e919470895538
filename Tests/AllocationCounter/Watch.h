#ifndef HUSH_WATCH_H
#define HUSH_WATCH_H

// Counts an allocation or a lock for the threads that are watched, if this one is.
void hush_watch_note(int is_lock);

#endif
