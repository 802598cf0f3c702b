{{ named('map_document', 'document_id', 'document_key', ['documents']) }}
