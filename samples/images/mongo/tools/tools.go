//go:build tools

// Package tools pins the real mongodump and mongorestore, built from source:
// MongoDB's own downloads are on no package registry.
package tools

import (
	_ "github.com/mongodb/mongo-tools/mongodump/main"
	_ "github.com/mongodb/mongo-tools/mongorestore/main"
)
