//! Files as rows of cells, whatever they are made of.
