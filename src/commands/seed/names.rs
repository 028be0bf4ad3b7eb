//! First and last names of the data set: common ones, from many countries.

pub(super) const FIRST: &str = "Ada Amara Anders Anna Astrid Bao Beatriz Bela Carlos Chiara Chloe Cormac Dalia Daniel Daria \
Dmitri Elena Elias Emeka Emma Erik Fatima Felix Fiona Gabriel Greta Hana Hassan Helena Hugo Ines Ingrid Isaac Ivan \
Jana Jonas Julia Kaito Karin Kofi Lars Laura Leila Leon Lucia Luka Maja Marco Maria Marta Mateo Mila Mina Nadia Nina \
Noah Nora Olga Omar Oscar Pavel Petra Priya Rafael Rahul Rosa Ruth Salma Samuel Sara Simon Sofia Stefan Tara Tariq \
Thomas Tomas Uma Vera Viktor Wei Willem Xenia Yara Yusuf Zoe";

pub(super) const LAST: &str = "Abe Adler Ahmed Almeida Andersen Arnold Baker Banerjee Bauer Becker Berg Bianchi Blanc Braun \
Brown Bruno Castro Chen Costa Cruz Dahl Davies Diaz Dubois Evans Farah Ferrari Fischer Fontaine Fraser Garcia Gomez \
Graf Gupta Haas Hansen Haruki Hoffmann Horvat Huang Ibrahim Ito Ivanov Jansen Jensen Jones Kaya Keller Khan Kim Klein \
Koch Kowalski Kumar Lang Larsen Lee Leroy Li Lopez Maier Martin Mendes Meyer Moreau Moretti Murphy Nakamura Nguyen \
Nielsen Novak O'Brien Okafor Olsen Ortiz Park Patel Pereira Perez Popov Quinn Ramos Rao Ricci Rossi Ruiz Saito Santos \
Sato Schmidt Schulz Silva Singh Smith Sokolov Suzuki Takeda Tan Torres Tran Vargas Vogel Wagner Walker Wang Weber \
Weiss Wong Wright Yamada Yilmaz Zhang";
