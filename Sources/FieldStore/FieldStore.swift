import GRDB
import EntryModel
