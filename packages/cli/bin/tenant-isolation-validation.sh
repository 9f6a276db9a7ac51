#!/bin/sh
# The isolation script of the runbooks: `tenantry isolation verify`, with the same arguments and exit codes.
exec "$(dirname "$0")/tenantry.js" isolation verify "$@"
