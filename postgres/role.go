package postgres

// Role is a database role of the program. In the private cluster each is
// reached over the socket by the server's operating system user alone. In an
// external database they are optional: migrations grant rights to those that
// exist.
type Role string

// The roles of the program, from the most to the least rights.
const (
	Owner  Role = "kvartal_owner"  // owns the schemas, makes and alters tables
	App    Role = "kvartal_app"    // reads and writes rows of layers
	Audit  Role = "kvartal_audit"  // appends to the audit log
	Reader Role = "kvartal_reader" // reads layers
)

// Roles returns all roles of the program.
func Roles() []Role { return []Role{Owner, App, Audit, Reader} }

// superuser is the role that initdb makes. The cluster uses it to make roles,
// databases and extensions; nothing else connects as it.
const superuser Role = "postgres"

// database is the name of the program's database in the private cluster.
const database = "kvartal"
