//! ROM images of Beige's own BIOS, VGA BIOS and built-in disk.
