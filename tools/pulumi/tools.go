//go:build tools

// Package tools names the Pulumi CLI, so that its module and every module below it are pinned here.
package tools

import _ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
