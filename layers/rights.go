package layers

import (
	"slices"

	"kvartal"
	"kvartal/view"
)

// View returns what the definition itself grants a principal: the sum of the
// rights of its roles, and every attribute that is not personal data.
func (d *Definition) View(p kvartal.Principal) view.View {
	if slices.Equal(p.Roles, kvartal.Public.Roles) {
		return d.public
	}
	return d.grant(p.Roles)
}

func (d *Definition) grant(roles []string) view.View {
	var actions []view.Action
	for role, granted := range d.Rights {
		if !slices.Contains(roles, role) {
			continue
		}
		for _, a := range granted {
			actions = append(actions, view.Action(a))
		}
	}
	var attributes []string
	for _, f := range d.Fields {
		if !f.Personal {
			attributes = append(attributes, f.Name)
		}
	}
	return view.New(d.ID, actions, attributes)
}
