//! Whose approval it takes (rule 18, S13): pure, and the only place that counts.

use crate::config::AdminGrants;
use crate::db::types::UserId;

/// Somebody who can approve: who holds Owner or Admin where the role Admin would hold, or may give another there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approver {
    /// Who.
    pub user: UserId,
    /// First name.
    pub first_name: String,
    /// First and last name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// Whether they hold Owner there.
    pub owner: bool,
    /// Whether they hold Admin there.
    pub admin: bool,
}

/// What the rule looks at.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    /// Whether it is a role that is given directly, so any but Admin: then one of those who may give it is enough, no
    /// operator has a part in it, and asking is no approval of anybody's.
    pub direct: bool,
    /// How the installation grants.
    pub policy: AdminGrants,
    /// In whose name it goes on.
    pub requester: UserId,
    /// Who asked: somebody else, where whoever asked has left and handed it over.
    pub asker: UserId,
    /// Whose request was written down as an approval when they asked, with the proof of who they are.
    pub by_asking: Option<UserId>,
    /// For whom.
    pub person: UserId,
    /// Every Owner and Admin whose grant reaches the scope now; of a role given directly, some of those who may give it.
    pub approvers: &'a [Approver],
    /// Who has approved so far, in the account's name.
    pub approved: &'a [UserId],
}

impl<'a> Case<'a> {
    /// Whether somebody asks, has asked, or is the one it is for.
    fn is_concerned(&self, user: UserId) -> bool {
        [self.requester, self.asker, self.person].contains(&user)
    }

    /// Those who can approve: neither who asks nor whom it is for.
    pub fn others(&self) -> impl Iterator<Item = &'a Approver> {
        let case = *self;
        let all = self.approvers.iter();
        all.filter(move |one| !case.is_concerned(one.user))
    }

    /// How many of the account have to approve. Where there is no Admin yet, one Owner is enough.
    pub fn needed(&self) -> usize {
        if !self.direct && self.others().any(|one| one.admin) {
            self.policy.approvals()
        } else {
            1
        }
    }

    /// Whether asking is an approval, too: an Owner asks for somebody else, and there are not enough others. Then it
    /// takes a proof and is written down like one.
    pub fn asking_counts(&self) -> bool {
        !self.direct
            && self.requester != self.person
            && self
                .approvers
                .iter()
                .any(|one| one.owner && one.user == self.requester)
            && self.others().count() < self.needed()
    }

    /// Whether the request itself counts as one approval. Only what was written down when it was made is one: nobody
    /// becomes an approver by taking a request over, nor by the others being gone since.
    pub fn request_counts(&self) -> bool {
        self.by_asking == Some(self.requester) && self.asking_counts()
    }

    /// Whether nobody is left to ask, and whoever asks could approve by asking anew.
    pub fn waits_for_nobody(&self) -> bool {
        self.to_ask().is_empty() && self.asking_counts()
    }

    /// Who answers for the grant: of those whose approval counts, the last.
    pub fn answering(&self) -> Option<UserId> {
        let counts = |user: &UserId| self.others().any(|one| one.user == *user);
        let last = self.approved.iter().rev().copied().find(counts);
        last.or_else(|| self.by_asking.filter(|_| self.request_counts()))
    }

    /// How many approvals count now: an approval counts only as long as its giver could still give it.
    pub fn given(&self) -> usize {
        let standing = self
            .others()
            .filter(|one| self.approved.contains(&one.user));
        standing.count() + usize::from(self.request_counts())
    }

    /// Whether the account has approved.
    pub fn is_complete(&self) -> bool {
        self.given() >= self.needed()
    }

    /// Whom to ask: the Admins who have not approved yet; the Owners too, where there are not enough Admins. Where
    /// those who have approved are enough by now, one of them has to say so anew. For a role given directly, all of
    /// them: they are the nearest already.
    pub fn to_ask(&self) -> Vec<&'a Approver> {
        let enough = self.others().filter(|one| one.admin).count() >= self.needed();
        self.others()
            .filter(|one| self.direct || one.admin || !enough)
            .filter(|one| self.is_complete() || !self.approved.contains(&one.user))
            .collect()
    }
}

/// Whether an operator may confirm: one who asked or approved only where no other could (S13), and nobody their own role
/// (rule 17). Says whether they had a hand in it, for the audit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirming {
    /// They have nothing to do with the request.
    Apart,
    /// They asked or approved, and there is nobody else.
    Alone,
    /// Another operator has to.
    Another,
    /// It is their own role: another operator has to, though there may be none.
    Own,
}

impl Confirming {
    /// Why they may not, if so.
    pub const fn barred(self) -> Option<&'static str> {
        match self {
            Self::Apart | Self::Alone => None,
            Self::Another => {
                Some("You had a hand in this request. Another operator has to decide.")
            }
            Self::Own => Some(
                "This is about your own role, about which nobody decides themself. Another operator has to.",
            ),
        }
    }
}

/// The rule for an operator's confirmation. `operators` are all of the installation.
pub fn confirming(case: &Case<'_>, operator: UserId, operators: &[UserId]) -> Confirming {
    if operator == case.person {
        return Confirming::Own;
    }
    let asks = |user: UserId| [case.requester, case.asker].contains(&user);
    let had_a_hand = |user: UserId| case.is_concerned(user) || case.approved.contains(&user);
    if !had_a_hand(operator) {
        return Confirming::Apart;
    }
    let others = || operators.iter().filter(|user| **user != operator);
    let somebody_else = if asks(operator) {
        others().next().is_some()
    } else {
        // Whoever approved for the account stands aside only for somebody with no hand in it.
        others().any(|user| !had_a_hand(*user))
    };
    if somebody_else {
        Confirming::Another
    } else {
        Confirming::Alone
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use AdminGrants::{ExistingAdmin, Operator, TwoPerson};

    fn people(count: usize) -> Vec<UserId> {
        (0..count).map(|_| UserId::new()).collect()
    }

    fn approver(user: UserId, role: &str) -> Approver {
        Approver {
            user,
            first_name: "A".into(),
            name: "A B".into(),
            email: "a@b.example".into(),
            owner: role == "owner",
            admin: role == "admin",
        }
    }

    fn case<'a>(
        policy: AdminGrants,
        (requester, person): (UserId, UserId),
        approvers: &'a [Approver],
        approved: &'a [UserId],
    ) -> Case<'a> {
        Case {
            direct: false,
            policy,
            requester,
            asker: requester,
            by_asking: None,
            person,
            approvers,
            approved,
        }
    }

    /// The same, where asking was written down as an approval.
    fn written(case: Case<'_>) -> Case<'_> {
        Case {
            by_asking: Some(case.requester),
            ..case
        }
    }

    #[test]
    fn one_approval_is_enough_unless_two_people_have_to() {
        let [ravi, dana, anna, olga] = people(4).try_into().unwrap();
        let there = [approver(anna, "admin"), approver(olga, "owner")];
        for (policy, after_one) in [(Operator, true), (ExistingAdmin, true), (TwoPerson, false)] {
            assert!(!case(policy, (ravi, dana), &there, &[]).is_complete());
            assert_eq!(
                case(policy, (ravi, dana), &there, &[anna]).is_complete(),
                after_one,
                "{policy:?}"
            );
            assert!(case(policy, (ravi, dana), &there, &[anna, olga]).is_complete());
        }
    }

    #[test]
    fn neither_who_asks_nor_whom_it_is_for_counts() {
        let [anna, dana, olga] = people(3).try_into().unwrap();
        let there = [
            approver(anna, "admin"),
            approver(dana, "admin"),
            approver(olga, "owner"),
        ];
        let approved = [anna, dana];
        let case = case(ExistingAdmin, (anna, dana), &there, &approved);
        assert!(!case.is_complete());
        let asked: Vec<UserId> = case.to_ask().iter().map(|one| one.user).collect();
        assert_eq!(asked, [olga], "no Admin is left to ask, so the Owner is");
    }

    #[test]
    fn without_an_admin_one_owner_is_enough_even_for_two_person() {
        let [ravi, dana, olga] = people(3).try_into().unwrap();
        let there = [approver(olga, "owner")];
        assert!(case(TwoPerson, (ravi, dana), &there, &[olga]).is_complete());
    }

    #[test]
    fn an_owner_who_asks_alone_has_approved_by_asking_and_never_for_themself() {
        let [olga, dana, anna, omar] = people(4).try_into().unwrap();
        let alone = [approver(olga, "owner")];
        for policy in AdminGrants::ALL {
            assert!(written(case(policy, (olga, dana), &alone, &[])).is_complete());
            assert!(!written(case(policy, (olga, olga), &alone, &[])).is_complete());
        }
        let with_admin = [approver(olga, "owner"), approver(anna, "admin")];
        assert!(!written(case(Operator, (olga, dana), &with_admin, &[])).is_complete());
        let two = written(case(TwoPerson, (olga, dana), &with_admin, &[]));
        assert_eq!(
            (two.given(), two.needed()),
            (1, 2),
            "the other one is still needed"
        );
        let owners = [approver(olga, "owner"), approver(omar, "owner")];
        assert!(!written(case(TwoPerson, (olga, dana), &owners, &[])).is_complete());
    }

    #[test]
    fn asking_counts_only_where_it_was_written_down_and_for_who_asked() {
        let [mia, olga, dana, anna] = people(4).try_into().unwrap();
        let there = [approver(olga, "owner"), approver(anna, "admin")];
        let approved = [anna];
        let asked = case(TwoPerson, (olga, dana), &there, &approved);
        assert!(!asked.is_complete(), "there were others when she asked");
        assert!(written(asked).is_complete());
        let handed = Case {
            asker: mia,
            by_asking: Some(mia),
            ..asked
        };
        assert!(!handed.is_complete(), "she has asked for nothing");
        let back = [approver(mia, "admin"), approver(anna, "admin")];
        let handed = Case {
            approvers: &back,
            approved: &[mia],
            ..handed
        };
        assert_eq!(handed.given(), 0, "who asked never approves");
    }

    #[test]
    fn a_role_given_directly_takes_one_of_its_givers_and_asking_is_no_approval() {
        let [ravi, dana, uma, olga] = people(4).try_into().unwrap();
        let givers = [approver(uma, "user_management"), approver(olga, "owner")];
        for policy in AdminGrants::ALL {
            let done = |asker: UserId, approved: &[UserId]| {
                let case = written(case(policy, (asker, dana), &givers, approved));
                let direct = Case {
                    direct: true,
                    ..case
                };
                assert!(!direct.asking_counts());
                direct.is_complete()
            };
            assert!(done(ravi, &[uma]) && done(ravi, &[olga]) && done(olga, &[uma]));
            assert!(!done(ravi, &[]) && !done(olga, &[]) && !done(olga, &[olga]));
            assert!(!done(ravi, &[dana]) && !done(ravi, &[ravi]));
        }
        let alone = [approver(olga, "owner")];
        let asked = Case {
            direct: true,
            ..written(case(ExistingAdmin, (olga, dana), &alone, &[]))
        };
        assert!(!asked.asking_counts() && !asked.is_complete() && asked.to_ask().is_empty());
    }

    #[test]
    fn whoever_approved_is_asked_anew_where_it_is_enough_by_now() {
        let [ravi, dana, anna, olga] = people(4).try_into().unwrap();
        let approved = [olga];
        let asked = |there: &[Approver]| -> Vec<UserId> {
            let case = case(TwoPerson, (ravi, dana), there, &approved);
            case.to_ask().iter().map(|one| one.user).collect()
        };
        let both = [approver(anna, "admin"), approver(olga, "owner")];
        assert_eq!(asked(&both), [anna]);
        assert_eq!(asked(&[approver(olga, "owner")]), [olga]);
    }

    #[test]
    fn an_approval_counts_only_while_its_giver_could_give_it() {
        let [ravi, dana, anna, olga] = people(4).try_into().unwrap();
        let there = [approver(olga, "owner")];
        assert!(!case(Operator, (ravi, dana), &there, &[anna]).is_complete());
    }

    #[test]
    fn an_operator_with_a_hand_in_it_confirms_only_where_nobody_else_can() {
        let [olga, dana, anna, pat] = people(4).try_into().unwrap();
        let there = [approver(anna, "admin"), approver(olga, "owner")];
        let approved = [anna];
        let own = case(Operator, (olga, dana), &there, &approved);
        assert_eq!(confirming(&own, pat, &[olga, pat]), Confirming::Apart);
        assert_eq!(confirming(&own, olga, &[olga, pat]), Confirming::Another);
        assert_eq!(confirming(&own, olga, &[olga]), Confirming::Alone);
        // The other one approved: the rule about the requester stands, and the approver confirms.
        assert_eq!(confirming(&own, anna, &[olga, anna]), Confirming::Alone);
        assert_eq!(confirming(&own, anna, &[anna, pat]), Confirming::Another);
        // Nobody their own role, whoever asked, and though there is nobody else.
        for (requester, person) in [(olga, dana), (dana, dana)] {
            let theirs = case(Operator, (requester, person), &there, &approved);
            for operators in [vec![dana], vec![dana, olga], vec![dana, pat]] {
                assert_eq!(confirming(&theirs, dana, &operators), Confirming::Own);
            }
        }
        // Another is there, though it is the one whom it is for.
        assert_eq!(confirming(&own, olga, &[olga, dana]), Confirming::Another);
    }
}
