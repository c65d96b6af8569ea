//go:build tools

// Package tools names the Python language host, so that its module and every module below it are pinned here.
package tools

import _ "github.com/pulumi/pulumi/sdk/v3/python/cmd/pulumi-language-python"
