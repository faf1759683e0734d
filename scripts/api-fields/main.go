// Prints src/world/kubernetes/generated/fields.json: the fields of the kinds that the embedded cluster
// serves, with what the API server makes of them, from the Go types that it is built from.
//
//	cd scripts/api-fields && GOFLAGS=-mod=mod go run . > ../../src/world/kubernetes/generated/fields.json
//
// With the argument "protobuf" prints src/world/http/generated/protobuf.json instead: struct → number of
// the field in protobuf → its name in JSON, or "~STRUCT" where that struct's fields stand in its place.
//
// A field is "FLAGS TYPE MERGE": flags are "o" (left out when zero), "p" (a pointer: zero is a value),
// "z" (left out when the struct is zero); the type is a scalar, a struct, "[]T" or "{}T"; merge is
// "merge=KEY", "replace" or "retain" of a strategic merge patch, and "keys=A,B", "set" or "atomic" of
// server-side apply.
package main

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"sort"
	"strings"

	apps "k8s.io/api/apps/v1"
	authentication "k8s.io/api/authentication/v1"
	authorization "k8s.io/api/authorization/v1"
	autoscaling "k8s.io/api/autoscaling/v1"
	autoscaling2 "k8s.io/api/autoscaling/v2"
	batch "k8s.io/api/batch/v1"
	coordination "k8s.io/api/coordination/v1"
	core "k8s.io/api/core/v1"
	policy "k8s.io/api/policy/v1"
	rbac "k8s.io/api/rbac/v1"
	scheduling "k8s.io/api/scheduling/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
)

var roots = []any{
	core.Node{}, core.Namespace{}, core.Pod{}, core.ConfigMap{}, core.Event{}, core.Service{},
	core.PersistentVolume{}, core.PersistentVolumeClaim{}, core.ServiceAccount{}, core.Secret{}, core.Binding{},
	apps.Deployment{}, apps.ReplicaSet{}, apps.StatefulSet{}, apps.DaemonSet{}, apps.ControllerRevision{},
	batch.Job{}, policy.PodDisruptionBudget{}, policy.Eviction{}, coordination.Lease{}, scheduling.PriorityClass{},
	rbac.Role{}, rbac.RoleBinding{}, rbac.ClusterRole{}, rbac.ClusterRoleBinding{},
	autoscaling.Scale{}, autoscaling2.HorizontalPodAutoscaler{},
	authorization.SelfSubjectAccessReview{}, authorization.SelfSubjectRulesReview{},
	authentication.SelfSubjectReview{}, authentication.TokenRequest{}, meta.DeleteOptions{},
}

var leaves = map[reflect.Type]string{
	reflect.TypeOf(meta.Time{}):            "time",
	reflect.TypeOf(meta.MicroTime{}):       "microTime",
	reflect.TypeOf(resource.Quantity{}):    "quantity",
	reflect.TypeOf(intstr.IntOrString{}):   "intOrString",
	reflect.TypeOf(runtime.RawExtension{}): "any",
	reflect.TypeOf(meta.FieldsV1{}):        "any",
	reflect.TypeOf([]byte{}):               "bytes",
}

var fields = map[string]map[string]string{}
var comments = map[string]string{}
var numbers = map[string]map[string]string{}

func main() {
	readComments()
	for _, root := range roots {
		visit(reflect.TypeOf(root))
	}
	if len(os.Args) > 1 && os.Args[1] == "protobuf" {
		print(numbers)
	} else {
		print(fields)
	}
}

func print(table map[string]map[string]string) {
	names := []string{}
	for name := range table {
		names = append(names, name)
	}
	sort.Strings(names)
	lines := []string{}
	for _, name := range names {
		line, err := json.Marshal(table[name])
		if err != nil {
			panic(err)
		}
		lines = append(lines, fmt.Sprintf("%q:%s", name, line))
	}
	fmt.Printf("{\n%s\n}\n", strings.Join(lines, ",\n"))
}

// readComments fills "PACKAGE.Struct.Field" and "PACKAGE.Struct" → their doc comments.
func readComments() {
	for module, folders := range map[string][]string{
		"k8s.io/api":          {"core/v1", "apps/v1", "autoscaling/v1", "autoscaling/v2", "batch/v1", "coordination/v1", "policy/v1", "rbac/v1", "scheduling/v1"},
		"k8s.io/apimachinery": {"pkg/apis/meta/v1"},
	} {
		root, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", module).Output()
		if err != nil {
			panic(err)
		}
		for _, folder := range folders {
			path := filepath.Join(strings.TrimSpace(string(root)), folder, "types.go")
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
			if err != nil {
				panic(err)
			}
			ast.Inspect(file, func(node ast.Node) bool {
				if decl, ok := node.(*ast.GenDecl); ok && len(decl.Specs) == 1 {
					if spec, ok := decl.Specs[0].(*ast.TypeSpec); ok {
						comments[module+"/"+folder+"."+spec.Name.Name] = decl.Doc.Text()
					}
				}
				spec, ok := node.(*ast.TypeSpec)
				if !ok {
					return true
				}
				if structure, ok := spec.Type.(*ast.StructType); ok {
					for _, field := range structure.Fields.List {
						if len(field.Names) > 0 {
							comments[module+"/"+folder+"."+spec.Name.Name+"."+field.Names[0].Name] = field.Doc.Text()
						}
					}
				}
				return true
			})
		}
	}
}

func typeOf(t reflect.Type) string {
	if leaf, ok := leaves[t]; ok {
		return leaf
	}
	switch t.Kind() {
	case reflect.Pointer:
		return typeOf(t.Elem())
	case reflect.Slice:
		return "[]" + typeOf(t.Elem())
	case reflect.Map:
		return "{}" + typeOf(t.Elem())
	case reflect.Struct:
		visit(t)
		return t.Name()
	default:
		return t.Kind().String()
	}
}

func visit(t reflect.Type) {
	name := t.Name()
	if _, ok := fields[name]; ok {
		return
	}
	own := map[string]string{}
	fields[name] = own
	add(own, t)
	number(t)
}

// number notes the numbers of a struct's own fields and of those that it embeds.
func number(t reflect.Type) {
	if _, ok := numbers[t.Name()]; ok {
		return
	}
	own := map[string]string{}
	numbers[t.Name()] = own
	for index := 0; index < t.NumField(); index++ {
		field := t.Field(index)
		parts := strings.Split(field.Tag.Get("protobuf"), ",")
		if len(parts) < 2 {
			continue
		}
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		if !strings.Contains(options, "inline") && name != "" {
			own[parts[1]] = name
			continue
		}
		embedded := field.Type
		if embedded.Kind() == reflect.Pointer {
			embedded = embedded.Elem()
		}
		own[parts[1]] = "~" + embedded.Name()
		number(embedded)
	}
}

func add(own map[string]string, t reflect.Type) {
	for index := 0; index < t.NumField(); index++ {
		field := t.Field(index)
		tag := field.Tag.Get("json")
		name, options, _ := strings.Cut(tag, ",")
		if name == "-" || strings.Contains(options, "inline") || (field.Anonymous && name == "") {
			if field.Anonymous {
				embedded := field.Type
				if embedded.Kind() == reflect.Pointer {
					embedded = embedded.Elem()
				}
				add(own, embedded)
			}
			continue
		}
		own[name] = describe(t, field, options)
	}
}

func describe(t reflect.Type, field reflect.StructField, options string) string {
	flags := ""
	if strings.Contains(options, "omitempty") {
		flags += "o"
	}
	if strings.Contains(options, "omitzero") {
		flags += "z"
	}
	if field.Type.Kind() == reflect.Pointer {
		flags += "p"
	}
	if flags == "" {
		flags = "-"
	}
	parts := []string{flags, typeOf(field.Type)}
	strategy, key := field.Tag.Get("patchStrategy"), field.Tag.Get("patchMergeKey")
	for _, one := range strings.Split(strategy, ",") {
		switch one {
		case "merge":
			parts = append(parts, "merge="+key)
		case "replace":
			parts = append(parts, "replace")
		case "retainKeys":
			parts = append(parts, "retain")
		}
	}
	comment := comments[t.PkgPath()+"."+t.Name()+"."+field.Name]
	keys := []string{}
	for _, line := range strings.Split(comment, "\n") {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "+listMapKey="):
			keys = append(keys, strings.TrimPrefix(line, "+listMapKey="))
		case line == "+listType=set":
			parts = append(parts, "set")
		case line == "+listType=atomic" || line == "+structType=atomic" || line == "+mapType=atomic":
			if field.Type.Kind() != reflect.Slice {
				parts = append(parts, "atomic")
			}
		}
	}
	held := field.Type
	for held.Kind() == reflect.Pointer {
		held = held.Elem()
	}
	if strings.Contains(comments[held.PkgPath()+"."+held.Name()], "+structType=atomic") {
		parts = append(parts, "atomic")
	}
	if len(keys) > 0 {
		parts = append(parts, "keys="+strings.Join(keys, ","))
	}
	if len(parts) < 2 {
		panic(fmt.Sprint(t, field))
	}
	return strings.Join(parts, " ")
}
