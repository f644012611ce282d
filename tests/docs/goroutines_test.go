package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// TestGoroutinesSurvivePanics: a panic that nobody recovers ends the host. In
// internal/ goroutines are a routine.Group's, which recovers it; in plugin/
// each begins with a deferred call, which has to.
func TestGoroutinesSurvivePanics(t *testing.T) {
	started := 0
	for _, root := range []string{"../../internal", "../../plugin"} {
		err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") ||
				strings.HasPrefix(path, "../../internal/routine/") || strings.HasSuffix(path, "_hosttest.go") {
				return err
			}
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, path, nil, 0)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				f := goroutine(n)
				if f == nil {
					return true
				}
				started++
				if root == "../../plugin" && beginsWithDefer(f) {
					return true
				}
				t.Errorf("%s: a panic in this goroutine ends the host", set.Position(n.Pos()))
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if started == 0 {
		t.Error("no goroutine was found")
	}
}

// goroutine is what n starts in a goroutine of its own without recovering,
// nil where it does not.
func goroutine(n ast.Node) ast.Expr {
	switch n := n.(type) {
	case *ast.GoStmt:
		return n.Call.Fun
	case *ast.CallExpr: // sync.WaitGroup's and errgroup.Group's take one argument
		if f, ok := n.Fun.(*ast.SelectorExpr); ok && len(n.Args) == 1 && (f.Sel.Name == "Go" || f.Sel.Name == "TryGo") {
			return n.Args[0]
		}
	}
	return nil
}

func beginsWithDefer(f ast.Expr) bool {
	literal, ok := f.(*ast.FuncLit)
	if !ok || len(literal.Body.List) == 0 {
		return false
	}
	_, ok = literal.Body.List[0].(*ast.DeferStmt)
	return ok
}
