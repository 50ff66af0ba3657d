//! Tests of ports 61h and 92h.
