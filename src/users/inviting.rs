//! Links of people who have not come in yet: sent again, withdrawn, shown to copy; and locks ended by a manager
//! (rules 9, 12; S14, S18).
