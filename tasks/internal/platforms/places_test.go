package platforms

import (
	"os"
	"strings"
	"testing"

	"covers/contract"
)

// Where a platform is named outside of Go, and in Go where no step would miss it, and how. NAME stands for its name, UPPER for it
// in capitals, and WRITTEN for it as Go's names have it. CONTRIBUTING has the same list in the order in which they are written.
var places = map[string]string{
	"restaurants.yaml":                                        "\n  NAME:",
	"docs/api/NAME.yaml":                                      "openapi:",
	"docs/platforms.md":                                       "`NAME`",
	"dags/pools.json":                                         `"covers_NAME": {`,
	"kubernetes/secrets/kustomization.yaml":                   "- name: covers-NAME\n",
	"kubernetes/secrets/covers-NAME.env.example":              "COVERS_UPPER_CLIENT_SECRET=",
	"compose/make_secrets.py":                                 `"NAME"`,
	"docker-compose.airflow.yml":                              "COVERS_UPPER_CLIENT_SECRET_FILE:",
	"terraform/modules/lake/main.tf":                          `"NAME"`,
	"terraform/modules/mock_api/files/covers-mockapi.service": "LoadCredential=NAME-client-secret:",
	"dashboards/content.py":                                   `"NAME": "#`,
	"notebooks/explore.py":                                    `"NAME": "#`,
	"tests/check_demo.py":                                     `"NAME": `,
	"tests/check_platforms.py":                                `"NAME"`,
	".golangci.yml":                                           "tasks/internal/NAME/*.go",
	"terraform/modules/mock_api/main.tf":                      `"COVERS_UPPER_CLIENT_SECRET"`,
	"tests/kubernetes/cluster/standins.yaml":                  "{name: covers-NAME}",
	"tasks/mockapi/main.go":                                   `"COVERS_UPPER")`,
	"tasks/internal/mockapi/scenario/check.go":                "reservation.WRITTEN",
	"tasks/internal/reading/property_test.go":                 `"NAME/101"`,
	"tasks/internal/validate/golden_test.go":                  `"NAME/`,
	"tools/house/rules.go":                                    "NAME",
}

func TestEachPlatformIsNamedWhereverOneIs(t *testing.T) {
	for _, name := range Names() {
		said := strings.NewReplacer("NAME", name, "UPPER", strings.ToUpper(name), "WRITTEN", Written(name))
		for file, text := range places {
			file, text = said.Replace(file), said.Replace(text)
			content, err := os.ReadFile("../../../" + file)
			if err != nil {
				t.Error(err)
			} else if !strings.Contains(string(content), text) {
				t.Errorf("%s: has no %q", file, text)
			}
		}
	}
}

// The contract lists the platforms in each table that has their column.
func TestTheContractListsEachPlatform(t *testing.T) {
	want := strings.Join(Names(), " ")
	for _, table := range contract.Get().Tables {
		for _, column := range table.Columns {
			if got := strings.Join(column.Values, " "); column.Name == "platform" && got != want {
				t.Errorf("%s: %q, want %q", table.Name, got, want)
			}
		}
	}
}
