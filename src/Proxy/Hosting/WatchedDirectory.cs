using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.FileProviders.Physical;
using Microsoft.Extensions.Primitives;

namespace Snapback.Proxy.Hosting;

/// <summary>
/// A directory whose files are watched in two ways: by the kernel's notices, within a moment, and by looking every four seconds. The files of a
/// Kubernetes ConfigMap are links that stay; what changes is a directory beside them, and of that there is no notice.
/// </summary>
internal sealed class WatchedDirectory(string directory) : IFileProvider, IDisposable
{
    private readonly PhysicalFileProvider _noticing = new(directory, ExclusionFilters.None);

    private readonly PhysicalFileProvider _looking =
        new(directory, ExclusionFilters.None) { UsePollingFileWatcher = true, UseActivePolling = true };

    public IFileInfo GetFileInfo(string subpath) => _noticing.GetFileInfo(subpath);

    public IDirectoryContents GetDirectoryContents(string subpath) => _noticing.GetDirectoryContents(subpath);

    public IChangeToken Watch(string filter)
    {
        var looking = _looking.Watch(filter);
        try
        {
            return new CompositeChangeToken([_noticing.Watch(filter), looking]);
        }
        catch (IOException)
        {
            // Notices are few: Linux gives a user 128 watchers by default, for all of its containers.
            return looking;
        }
    }

    public void Dispose()
    {
        _noticing.Dispose();
        _looking.Dispose();
    }
}
