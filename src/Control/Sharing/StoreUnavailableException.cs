namespace Snapback.Control.Sharing;

/// <summary>The store cannot take a commit or a read now; nothing was written.</summary>
public sealed class StoreUnavailableException(string message, Exception inner) : Exception(message, inner);
