import EntryModel
