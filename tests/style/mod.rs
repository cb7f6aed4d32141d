//! How code and text are written: lines that fit the screen, and the phrases of plain English.

mod columns;
mod phrases;
