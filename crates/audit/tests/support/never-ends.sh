#!/bin/sh
# Stands where a program takes the text of a PDF: begins a table and never ends.
echo "id     searchDate            reason"
echo "a1     2026-03-20 00:06:23   x"
echo "a2     2026-03-20 00:06:24   x"
exec sleep 600
