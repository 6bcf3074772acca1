using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http.Features;

namespace Snapback.Proxy.Forwarding;

internal static class FeatureLookup
{
    /// <summary>
    /// As <c>Get</c>, but faster: <c>Get</c> is a generic method of an interface, whose dispatch costs more than the look-up itself. The cast is
    /// unchecked, since a check would search the thirty interfaces of Kestrel's own feature class; a collection holds under a type only
    /// what implements it, which <c>Get</c> relies on too.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T? Find<T>(this IFeatureCollection features)
        where T : class => Unsafe.As<T?>(features[typeof(T)]);
}
