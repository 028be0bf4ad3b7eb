//! A set of permissions in 128 bits: the portal's in the low half, the products' in the high half.

use super::permission::{Key, Permission};

/// A product permission: its place in the [catalogue](super::catalogue::Catalogue) that is in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProductKey(u8);

impl ProductKey {
    /// How many product permissions there can be.
    pub const MOST: usize = 64;

    /// The permission at this place of the catalogue; none beyond the last place there can be.
    pub fn at(place: usize) -> Option<Self> {
        let place = u8::try_from(place).ok()?;
        (usize::from(place) < Self::MOST).then_some(Self(place))
    }

    /// Its place in the catalogue.
    pub fn place(self) -> usize {
        usize::from(self.0)
    }
}

/// A permission, the portal's or a product's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AnyKey {
    /// One of the portal's.
    Portal(Key),
    /// One of a product's.
    Product(ProductKey),
}

impl From<Key> for AnyKey {
    fn from(key: Key) -> Self {
        Self::Portal(key)
    }
}

impl From<ProductKey> for AnyKey {
    fn from(key: ProductKey) -> Self {
        Self::Product(key)
    }
}

/// Some permissions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct PermissionSet(u128);

impl PermissionSet {
    /// None at all.
    pub const EMPTY: Self = Self(0);

    /// Every permission of the portal.
    pub const PORTAL: Self = Self::of(&Key::ALL);

    /// These permissions of the portal.
    pub const fn of(keys: &[Key]) -> Self {
        let mut set = Self::EMPTY;
        let mut rest = keys;
        while let [key, others @ ..] = rest {
            set = set.with(*key);
            rest = others;
        }
        set
    }

    const fn bit(key: Key) -> u128 {
        1 << key.bit()
    }

    fn product_bit(key: ProductKey) -> u128 {
        1 << (64 + u32::from(key.0))
    }

    /// This set and one more of the portal's.
    pub const fn with(self, key: Key) -> Self {
        Self(self.0 | Self::bit(key))
    }

    /// This set and one more of a product's.
    pub fn with_product(self, key: ProductKey) -> Self {
        Self(self.0 | Self::product_bit(key))
    }

    /// This set without one of the portal's.
    pub const fn without(self, key: Key) -> Self {
        Self(self.0 & !Self::bit(key))
    }

    /// What is in either.
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is in this and not in the other.
    pub const fn except(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether this permission of the portal is in it.
    pub const fn contains_key(self, key: Key) -> bool {
        self.0 & Self::bit(key) != 0
    }

    /// Whether this permission is in it.
    pub fn contains(self, key: impl Into<AnyKey>) -> bool {
        match key.into() {
            AnyKey::Portal(key) => self.contains_key(key),
            AnyKey::Product(key) => self.0 & Self::product_bit(key) != 0,
        }
    }

    /// Whether it has what `P` needs. For [`Visible`](super::permission::Visible) that is always so: whether the
    /// place can be seen at all is asked first, with [`visible`](super::resolve::visible).
    pub const fn allows<P: Permission>(self) -> bool {
        match P::KEY {
            Some(key) => self.contains_key(key),
            None => true,
        }
    }

    /// Whether all of it is in the other.
    pub const fn is_subset(self, of: Self) -> bool {
        self.0 & !of.0 == 0
    }

    /// Whether nothing is in it.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// How many are in it.
    pub const fn len(self) -> u32 {
        self.0.count_ones()
    }

    /// What is in it: the portal's in the order of the matrix, then the products' in the order of the catalogue.
    pub fn iter(self) -> impl Iterator<Item = AnyKey> {
        let portal = Key::ALL.into_iter().map(AnyKey::Portal);
        let product = (0..ProductKey::MOST)
            .filter_map(ProductKey::at)
            .map(AnyKey::Product);
        portal.chain(product).filter(move |key| self.contains(*key))
    }
}

impl FromIterator<AnyKey> for PermissionSet {
    fn from_iter<I: IntoIterator<Item = AnyKey>>(keys: I) -> Self {
        keys.into_iter().fold(Self::EMPTY, |set, key| match key {
            AnyKey::Portal(key) => set.with(key),
            AnyKey::Product(key) => set.with_product(key),
        })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::super::permission::{UsersManage, UsersView, Visible};
    use super::*;

    #[test]
    fn the_halves_do_not_touch() {
        let product = ProductKey::at(0).unwrap();
        let set = PermissionSet::EMPTY.with_product(product);
        assert!(set.contains(product));
        assert!(Key::ALL.into_iter().all(|key| !set.contains(key)));
        let last = ProductKey::at(63).unwrap();
        assert!(PermissionSet::EMPTY.with_product(last).contains(last));
        assert!(!PermissionSet::PORTAL.contains(product));
        assert_eq!(ProductKey::at(64), None);
        assert_eq!(ProductKey::at(256), None);
    }

    #[test]
    fn union_subset_and_the_way_back_through_iter() {
        let one = PermissionSet::of(&[Key::UsersView]);
        let two = one
            .with(Key::AuditView)
            .with_product(ProductKey::at(5).unwrap());
        assert!(one.is_subset(two) && !two.is_subset(one));
        assert_eq!(one.union(two), two);
        assert_eq!(two.iter().collect::<PermissionSet>(), two);
        assert_eq!(two.iter().count(), 3);
        assert_eq!(two.len(), 3);
        assert_eq!(two.without(Key::AuditView).len(), 2);
        assert!(PermissionSet::EMPTY.is_empty() && !one.is_empty());
    }

    #[test]
    fn a_set_answers_for_a_type() {
        let set = PermissionSet::of(&[Key::UsersView]);
        assert!(set.allows::<UsersView>() && set.allows::<Visible>());
        assert!(!set.allows::<UsersManage>());
    }
}
