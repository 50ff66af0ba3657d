//! Tests of the MC146818 through its ports and pin.
